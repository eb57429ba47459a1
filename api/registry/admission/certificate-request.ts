/** What a certificate request asks for, and who asked, is decided with its creation. */
import { CertificateSigningRequest } from '../../v1/certificate-signing-request.ts'
import { type Admission, about } from '../admission.ts'

/** As in Kubernetes a changed spec is no error: it stays as it was. */
export const certificateRequest: Admission = about(CertificateSigningRequest, {
  name: 'CertificateRequest',
  mutate: async ({ operation, object, old }) =>
    operation === 'update' && old !== undefined ? { ...object, spec: old.spec } : object,
})
