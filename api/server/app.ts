/** The HTTP application: health, authentication, discovery, resources. Testable without a port by `app.request(...)`. */
import type { HttpBindings } from '@hono/node-server'
import { Hono } from 'hono'
import type { Registry as MetricsRegistry } from 'prom-client'
import type { Clock } from '../../lib/clock.ts'
import { Fault, isFault } from '../../lib/errors.ts'
import type { Logger } from '../../lib/log.ts'
import type { Random } from '../../lib/random.ts'
import type { Access } from '../access/access.ts'
import type { Attributes } from '../access/attributes.ts'
import type { Authenticator } from '../access/authenticator.ts'
import type { User } from '../access/user.ts'
import { isNative } from '../meta/kind.ts'
import type { Registry } from '../registry/registry.ts'
import { reviewKinds } from '../v1/reviews.ts'
import { type Arriving, admitRequest, headerPairs } from './access/authorization.ts'
import { clientCertificate } from './access/client-certificate.ts'
import { fairShare } from './access/fair-share.ts'
import { NobodyToImpersonate } from './access/impersonation.ts'
import { answerReviewRequest } from './access/reviews.ts'
import { json, pageNotFound, plain, refusal, splitWarnings } from './answer/answer.ts'
import { isUnseen } from './answer/json-answer.ts'
import { represented } from './answer/representation.ts'
import { asFault } from './answer/status.ts'
import { isWatch } from './answer/watch-answer.ts'
import { type Audited, auditLine } from './audit/audit.ts'
import { definitionKind, definitionRegistry, definitionResource } from './discovery/custom-resources.ts'
import { pathsOf } from './discovery/discovery.ts'
import { discoveryAnswer } from './discovery/discovery-answer.ts'
import { noBounds } from './discovery/empty-lists.ts'
import { healthEndpoints } from './discovery/health.ts'
import { servedResources } from './discovery/served.ts'
import { versionAnswer } from './discovery/version.ts'
import { limits } from './limits.ts'
import { requestMetrics, unreadableMetrics } from './metrics.ts'
import type { openApiAnswers } from './openapi/answers.ts'
import type { Asked, ResourceParts, Subresource } from './resources/asked.ts'
import { requestEnds } from './resources/request-end.ts'
import { answerResource } from './resources/resources.ts'
import { methodNotAllowed, targetOf, unknownResource } from './resources/target.ts'

export interface AppParts {
  readonly registry: Registry
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  readonly authenticate: Authenticator
  readonly access: Access
  /** Gantry's version, as `1.2.3`. */
  readonly version: string
  readonly metrics: MetricsRegistry
  readonly subresources?: readonly Subresource[]
  /** Takes the lines of the audit log; must not wait. */
  readonly audit?: (line: string) => void
  /** When it aborts, streams end in good order. */
  readonly signal: AbortSignal
}

type Env = {
  Bindings: Partial<HttpBindings> | undefined
  Variables: { url: URL; wanted: Attributes; audited: Audited }
}

/** The path as it is routed: without slashes at the end. */
const routed = (url: URL): string => (url.pathname.length > 1 ? url.pathname.replace(/\/+$/, '') : url.pathname)

export function serverApp(parts: AppParts): Hono<Env> {
  const { registry, access, clock, log, metrics } = parts
  const { kinds } = registry
  const subresources = parts.subresources ?? []
  const served = servedResources(kinds, subresources, [...reviewKinds, definitionResource])
  const health = healthEndpoints({ registry, clock, signal: parts.signal })
  const since = clock.now()
  const resources: ResourceParts = { registry, clock, random: parts.random, subresources }
  const definitions: ResourceParts = { ...resources, registry: definitionRegistry(registry, since) }
  const servedKinds = [...kinds, definitionKind]
  const observe = requestMetrics(metrics, clock, new Set([...servedKinds, ...reviewKinds].map(({ plural }) => plural)))
  unreadableMetrics(metrics, registry.unreadable)
  const endOf = requestEnds(clock, parts.signal)
  const share = fairShare(clock)
  let streams = 0
  let answersAboutSchemas: ReturnType<typeof openApiAnswers> | undefined

  // most servers' clients never ask, and starting must stay fast
  async function schemas(): Promise<ReturnType<typeof openApiAnswers>> {
    const { openApiAnswers: make } = await import('./openapi/answers.ts')
    answersAboutSchemas ??= make(served, since)
    return answersAboutSchemas
  }

  const holdStream = (): (() => void) => {
    if (streams >= limits.streams)
      throw new Fault('TooManyRequests', 'too many watches are open, please try again later')
    streams++
    observe.streams(streams)
    return () => observe.streams(--streams)
  }

  async function answer(given: Request, url: URL, wanted: Attributes, cut: () => void): Promise<Response> {
    const { headers, signal } = given
    const request = given.method === 'HEAD' ? new Request(given.url, { headers, signal }) : given
    const path = routed(url)
    const [, root = '', group = ''] = path.split('/', 3)
    if (root === 'api' || root === 'apis') {
      const target = targetOf(servedKinds, path, request.method)
      if (target !== undefined) {
        const review: Asked['review'] = (change, s) => access.review(change, wanted, s)
        const asked = { request, query: url.searchParams, target, user: wanted.user, holdStream, cut, review }
        const isStream = request.method === 'GET' && (isWatch(url.searchParams, target) || target.subresource === 'log')
        const source = target.kind === definitionKind ? definitions : resources
        if (source === definitions && request.method !== 'GET') throw methodNotAllowed()
        if (isStream) return answerResource(source, { ...asked, signal: withServer(signal) })
        return await bounded(wanted.user, signal, async (inner) => {
          const answered = await answerResource(source, { ...asked, signal: inner })
          if (request.method !== 'GET') await access.wrote(target.kind, inner)
          return answered
        })
      }
      const review = targetOf(reviewKinds, path, request.method)
      if (review !== undefined) {
        const asking = {
          user: wanted.user,
          namespace: review.namespace,
          authorize: access.authorize,
          authenticate: parts.authenticate,
          policy: access.policy,
        }
        return await bounded(wanted.user, signal, (inner) =>
          answerReviewRequest({ request, query: url.searchParams, target: review, asking, clock }, inner),
        )
      }
      const found = await discoveryAnswer(served, path, request)
      if (found !== undefined) return found
      const none = request.method === 'GET' ? noBounds(path) : undefined
      if (none !== undefined) return json(none)
      if (root === 'api' || isNative({ group })) throw unknownResource()
      return pageNotFound()
    }
    return (await health(path, url.searchParams, withServer(signal))) ?? aboutItself(path, root, request)
  }

  const withServer = (client: AbortSignal): AbortSignal => AbortSignal.any([client, parts.signal])

  /** What this server is and has, besides resources and health. */
  async function aboutItself(path: string, root: string, request: Request): Promise<Response> {
    if (path === '/') return json({ paths: pathsOf(served) })
    if (path === '/version') return versionAnswer(parts.version, request)
    if (path === '/metrics') {
      return new Response(await metrics.metrics(), { headers: { 'content-type': metrics.contentType } })
    }
    if (root === 'openapi') return (await schemas())(path, request)
    return pageNotFound()
  }

  /** Runs a request that is no stream: few enough at once, and not for ever. */
  async function bounded(
    user: User,
    client: AbortSignal,
    run: (signal: AbortSignal) => Promise<Response>,
  ): Promise<Response> {
    const ended = share.begins(user)
    const end = endOf(client, limits.request, () => new Fault('Timeout', 'the request did not end in time'))
    try {
      return await run(end.signal)
    } finally {
      end.done()
      ended()
    }
  }

  const app = new Hono<Env>()

  app.use('*', async (c, next) => {
    c.set('url', new URL(c.req.url))
    await next()
    const answered = await represented(c.req.raw, c.get('url').searchParams, c.res)
    if (answered === c.res) {
      if (isUnseen(answered)) return
    } else {
      c.res = undefined // else the headers of the old one win
      c.res = answered
    }
    const warnings = c.res.headers.get('warning')
    if (warnings === null || c.env?.outgoing === undefined) return
    // Kubernetes sends a header for each; a Response can only hold them joined
    c.env.outgoing.setHeader('warning', splitWarnings(warnings))
    c.res.headers.delete('warning')
  })

  app.use('*', async (c, next) => {
    const { method } = c.req
    const path = c.get('url').pathname
    const done = observe.started(method, path)
    const at = clock.now()
    const source = c.env?.incoming?.socket?.remoteAddress
    const audited: Audited = { method, path, source, agent: c.req.header('user-agent') }
    c.set('audited', audited)
    await next()
    done(c.res.status)
    const line = parts.audit === undefined ? undefined : auditLine(audited, c.res.status, at, clock.now())
    if (line !== undefined) parts.audit?.(line)
  })

  app.use('*', async (c, next) => {
    const shown = {
      authorization: c.req.header('authorization'),
      clientCertificate: clientCertificate(c.env?.incoming?.socket),
    }
    const url = c.get('url')
    const raw = c.env?.incoming?.rawHeaders
    const headers = raw === undefined ? [...c.req.raw.headers] : headerPairs(raw)
    const audited = c.get('audited')
    const arriving: Arriving = {
      request: c.req.raw,
      path: routed(url),
      query: url.searchParams,
      shown,
      headers,
      isFrom(user) {
        audited.user = user
        share.came(user, audited.source)
      },
      wants(wanted) {
        audited.wanted = wanted
      },
    }
    c.set('wanted', await admitRequest(parts, arriving, c.req.raw.signal))
    await next()
  })

  app.all('*', (c) => {
    // what a client walked up and down in is no path of ours, wherever it leads
    const walked = /(^\/\/)|\/\.{1,2}(\/|$)/.test(c.env?.incoming?.url?.split('?', 1)[0] ?? '')
    return walked ? pageNotFound() : answer(c.req.raw, c.get('url'), c.get('wanted'), () => c.env?.outgoing?.destroy())
  })

  app.onError((error, c) => {
    const fault = asFault(error)
    if (error instanceof NobodyToImpersonate) {
      const path = JSON.stringify(new URL(c.req.url).pathname)
      return plain(`Bad Request: ${path}: ${error.message}\n`, 400)
    }
    if (isFault(fault, 'Internal')) log.error({ err: error, method: c.req.method, path: c.req.path }, 'request failed')
    return refusal(fault)
  })
  return app
}
