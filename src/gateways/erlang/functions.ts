/** The operations as functions that rpc, erpc and spawn requests can run. What is not among them is `undef`. */
import type { FunctionTable } from '../../erlang/index.ts'
import type { Dispatcher } from './dispatcher.ts'

export function operationFunctions(dispatcher: Dispatcher): FunctionTable {
  return {
    lookup: (module, name, arity) => {
      if (!dispatcher.has(module, name, arity)) return undefined
      return (args, { from, origin }) => {
        const outcome = dispatcher.perform(
          { form: 'call', module, name, args },
          { form: 'rpc', caller: from, peer: origin },
        )
        // A wrong type is `{error, …}` here as it is by gen_call: only what does not exist is an exception.
        return outcome instanceof Promise ? outcome.then(({ term }) => term) : outcome.term
      }
    },
  }
}
