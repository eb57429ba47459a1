/** The image for tests on a real engine: busybox alone, its applets, and a page to serve. */
import { ensureImage } from '../local-image.ts'

export const testImage = 'gantry-test/busybox:2'
const applets = ['sh', 'sleep', 'httpd', 'nc', 'echo', 'cat', 'kill', 'env', 'id', 'hostname', 'tail', 'true']

export const ensureTestImage = (): Promise<void> =>
  ensureImage(testImage, {
    programs: ['/bin/busybox'],
    links: Object.fromEntries(applets.map((applet) => [`/bin/${applet}`, 'busybox'])),
    directories: ['www/'],
    files: {
      '/www/index.html': 'gantry test page\n',
      '/etc/passwd': 'root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n',
    },
  })
