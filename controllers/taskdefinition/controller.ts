/** The taskdefinition controller: the head of a family -> its immutable revisions. */
import { isDeleting, parseKey } from '../../api/meta/object.ts'
import { problemsText } from '../../api/meta/problems.ts'
import { TaskDefinition, TaskDefinitionRevision } from '../../api/v1/task-definition.ts'
import { isFault } from '../../lib/errors.ts'
import { type Controller, type Deps, done, index, mapped, own } from '../runtime/controller.ts'
import { apply, applyStatus } from './apply.ts'
import { limits } from './limits.ts'
import { plan, refused } from './plan.ts'
import { headNameOf, stateOf } from './state.ts'

const byHead = 'taskdefinition/head'

/** A changed head makes the next `<head>.<N>`; numbers are never reused, not even by a new head of the same name. */
export const taskDefinitionController = (d: Deps): Controller => ({
  name: 'taskdefinition',
  concurrency: limits.concurrency,
  watches: [own(TaskDefinition), mapped(TaskDefinitionRevision, ({ metadata }) => [headNameOf(metadata.name)])],
  indexes: [index(TaskDefinitionRevision, byHead, ({ metadata }) => [headNameOf(metadata.name)])],
  async reconcile(key, signal) {
    const head = d.cache.get(TaskDefinition, parseKey(key))
    if (head === undefined || isDeleting(head)) return done // owner references clean up
    const now = d.clock.now()
    const { actions, status } = plan(stateOf(head, d.cache.indexed(TaskDefinitionRevision, byHead, key)), now)
    // A kube-apiserver took what only code can say; what is registered already is not judged again.
    const problems = actions.some((action) => action.do === 'register') ? TaskDefinition.validate(head, undefined) : []
    if (problems.length > 0) {
      await applyStatus(d.client, head, refused(head, problemsText(problems), now), signal)
      return done
    }
    try {
      await apply(d.client, head, actions, signal)
    } catch (error) {
      if (!isFault(error, 'Invalid', 'TooLarge')) throw error
      await applyStatus(d.client, head, refused(head, error.message, now), signal)
      return done
    }
    await applyStatus(d.client, head, status, signal)
    return done
  },
})
