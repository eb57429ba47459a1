/** Members of a Lease for coordinated leader election are taken and not kept, as by a Kubernetes without that feature. */
import { Lease } from '../../v1/core.ts'
import { type Admission, about } from '../admission.ts'

export const leaseFields: Admission = about(Lease, {
  name: 'LeaseFields',
  async mutate({ object }) {
    const { preferredHolder: _holder, strategy: _strategy, ...spec } = object.spec
    return { ...object, spec }
  },
})
