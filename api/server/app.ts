/** The HTTP application: health, authentication, discovery, resources. Testable without a port by `app.request(...)`. */
import type { HttpBindings } from '@hono/node-server'
import { Hono } from 'hono'
import type { Registry as MetricsRegistry } from 'prom-client'
import { type Clock, deadline } from '../../lib/clock.ts'
import { Fault, isFault, messageOf } from '../../lib/errors.ts'
import type { Logger } from '../../lib/log.ts'
import type { Random } from '../../lib/random.ts'
import type { Access } from '../access/access.ts'
import type { Attributes } from '../access/attributes.ts'
import type { Authenticator } from '../access/authenticator.ts'
import type { Registry } from '../registry/registry.ts'
import { acceptedForm } from './accept.ts'
import { json, pageNotFound, plain, refusal, splitWarnings } from './answer.ts'
import { admitRequest, headerPairs } from './authorization.ts'
import { clientCertificate } from './client-certificate.ts'
import { aggregated, aggregatedType, apiGroup, apiGroupList, apiResourceList, apiVersions } from './discovery.ts'
import { NobodyToImpersonate } from './impersonation.ts'
import { limits } from './limits.ts'
import { requestMetrics } from './metrics.ts'
import { represented } from './representation.ts'
import { type Asked, answerResource, isWatch, type ResourceParts, type Subresource } from './resources.ts'
import { asFault } from './status.ts'
import { isBuiltIn, targetOf, unknownResource } from './target.ts'

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
  /** When it aborts, streams end in good order. */
  readonly signal: AbortSignal
}

type Env = { Bindings: Partial<HttpBindings> | undefined; Variables: { wanted: Attributes } }

/** What kubectl reads to know which Kubernetes we speak like. */
const versionInfo = (version: string): object => ({
  major: '1',
  minor: '34',
  gitVersion: `v1.34.0+gantry-${version}`,
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '1970-01-01T00:00:00Z',
  goVersion: process.version,
  compiler: 'node',
  platform: `${process.platform}/${process.arch}`,
})

/** The path as it is routed: without slashes at the end. */
const routed = (url: URL): string => (url.pathname.length > 1 ? url.pathname.replace(/\/+$/, '') : url.pathname)

export function serverApp(parts: AppParts): Hono<Env> {
  const { registry, access, clock, log, metrics } = parts
  const { kinds } = registry
  const subresources = parts.subresources ?? []
  const resources: ResourceParts = { registry, clock, random: parts.random, subresources }
  const observe = requestMetrics(metrics, clock)
  let inFlight = 0
  let streams = 0

  const holdStream = (): (() => void) => {
    if (streams >= limits.streams)
      throw new Fault('TooManyRequests', 'too many watches are open, please try again later')
    streams++
    observe.streams(streams)
    return () => observe.streams(--streams)
  }

  async function ready(signal: AbortSignal): Promise<Response> {
    const kind = kinds[0]
    const limit = deadline(clock, limits.ready, signal, () => new Fault('Timeout', 'no answer in time'))
    try {
      await registry.ready(limit.signal)
      if (kind !== undefined) await registry.list(kind, { limit: 1 }, limit.signal)
      return plain('ok')
    } catch (error) {
      return plain(`[-]store failed: ${messageOf(error)}\nreadyz check failed`, 500)
    } finally {
      limit.done()
    }
  }

  function discovery(path: string, accept: string | undefined): Response | undefined {
    const wanted = path === '/api' || path === '/apis' ? acceptedForm(accept, ['object', 'aggregated']) : 'object'
    if (wanted === 'aggregated') {
      return json(aggregated(kinds, path === '/api' ? 'core' : 'groups', subresources), 200, aggregatedType)
    }
    const [, root, first, second, ...more] = path.split('/')
    if (more.length > 0) return undefined
    if (root === 'api' && second === undefined) {
      const found = first === undefined ? apiVersions(kinds) : apiResourceList(kinds, first, subresources)
      return found === undefined ? undefined : json(found)
    }
    if (root !== 'apis') return undefined
    if (first === undefined) return json(apiGroupList(kinds))
    const found =
      second === undefined ? apiGroup(kinds, first) : apiResourceList(kinds, `${first}/${second}`, subresources)
    return found === undefined ? undefined : json(found)
  }

  async function answer(given: Request, wanted: Attributes, cut: () => void): Promise<Response> {
    const { url: address, headers } = given
    const request = given.method === 'HEAD' ? new Request(address, { headers, signal: given.signal }) : given
    const url = new URL(address)
    const path = routed(url)
    const accept = request.headers.get('accept') ?? undefined
    const signal = AbortSignal.any([request.signal, parts.signal])
    if (path === '/livez' || path === '/healthz') return plain('ok')
    if (path === '/readyz') return ready(signal)
    if (path === '/metrics') {
      return new Response(await metrics.metrics(), { headers: { 'content-type': metrics.contentType } })
    }
    if (
      path === '/version' ||
      path === '/api' ||
      path.startsWith('/api/') ||
      path === '/apis' ||
      path.startsWith('/apis/')
    ) {
      const target = path === '/version' ? undefined : targetOf(kinds, path)
      if (target !== undefined) {
        const review: Asked['review'] = (change, s) => access.review(change, wanted, s)
        const asked = { request, query: url.searchParams, target, holdStream, cut, review }
        const isStream = request.method === 'GET' && (isWatch(url.searchParams, target) || target.subresource === 'log')
        if (isStream) return answerResource(resources, { ...asked, signal })
        return await bounded(signal, async (inner) => {
          const answered = await answerResource(resources, { ...asked, signal: inner })
          if (request.method !== 'GET') await access.wrote(target.kind, inner)
          return answered
        })
      }
      const found = path === '/version' ? json(versionInfo(parts.version)) : discovery(path, accept)
      if (found !== undefined) return found
    }
    const [, root, group = ''] = path.split('/', 3)
    if (root === 'api' || (root === 'apis' && isBuiltIn(group))) throw unknownResource()
    return pageNotFound()
  }

  /** Runs a request that is no stream: few enough at once, and not for ever. */
  async function bounded(signal: AbortSignal, run: (signal: AbortSignal) => Promise<Response>): Promise<Response> {
    if (inFlight >= limits.inFlight) {
      throw new Fault('TooManyRequests', 'too many requests, please try again later', { retryAfterSeconds: 1 })
    }
    inFlight++
    const limit = deadline(clock, limits.request, signal, () => new Fault('Timeout', 'the request did not end in time'))
    try {
      return await run(limit.signal)
    } finally {
      limit.done()
      inFlight--
    }
  }

  const app = new Hono<Env>()

  app.use('*', async (c, next) => {
    await next()
    const answered = await represented(c.req.raw, c.res)
    if (answered !== c.res) {
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
    const done = observe.started(c.req.method, new URL(c.req.url).pathname)
    await next()
    done(c.res.status)
  })

  app.use('*', async (c, next) => {
    const shown = {
      authorization: c.req.header('authorization'),
      clientCertificate: clientCertificate(c.env?.incoming?.socket),
    }
    const url = new URL(c.req.url)
    const raw = c.env?.incoming?.rawHeaders
    const headers = raw === undefined ? [...c.req.raw.headers] : headerPairs(raw)
    const arriving = { request: c.req.raw, path: routed(url), query: url.searchParams, shown, headers }
    c.set('wanted', await admitRequest(parts, arriving, c.req.raw.signal))
    await next()
  })

  app.all('*', (c) => {
    // what a client walked up and down in is no path of ours, wherever it leads
    const walked = /(^\/\/)|\/\.{1,2}(\/|$)/.test(c.env?.incoming?.url?.split('?', 1)[0] ?? '')
    return walked ? pageNotFound() : answer(c.req.raw, c.get('wanted'), () => c.env?.outgoing?.destroy())
  })

  app.onError((error, c) => {
    const fault = asFault(error)
    if (error instanceof NobodyToImpersonate) {
      const path = JSON.stringify(new URL(c.req.url).pathname)
      return plain(`Internal Server Error: ${path}: ${error.message}\n`, 500)
    }
    if (isFault(fault, 'Internal')) log.error({ err: error, method: c.req.method, path: c.req.path }, 'request failed')
    return refusal(fault)
  })
  return app
}
