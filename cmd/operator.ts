/** `gantry operator`: the controllers on a kube-apiserver. Not there yet; its name and flags are taken from now on. */
import { Command } from 'commander'
import { Fault } from '../lib/errors.ts'
import { withServerFlags } from './options.ts'
import type { Terminal } from './terminal.ts'

export const operatorCommand = (terminal: Terminal): Command =>
  withServerFlags(new Command('operator'), terminal.defaultDataDir)
    .description('run the controllers in a Kubernetes cluster (not implemented yet)')
    .action(() => {
      throw new Fault(
        'Unavailable',
        'gantry operator is not implemented yet: it comes in a later version. Use `gantry up` on one machine, or ' +
          '`gantry server` and `gantry agent` on several',
      )
    })
