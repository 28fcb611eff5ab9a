/** `net_kernel`: what `Node.ping` asks, to see whether the node is one (OTP `net_kernel:handle_call({is_auth, …})`). */
import { type Term, Tuple, isAtom } from '../etf/terms.ts'
import { A } from './atoms.ts'
import { type CallResult, GenServer, NO_REPLY } from './gen-server.ts'

export class NetKernel extends GenServer {
  override handleCall(request: Term): CallResult {
    if (request instanceof Tuple && isAtom(request.elements[0], 'is_auth')) return A.yes
    // As in OTP, other requests get no answer.
    return NO_REPLY
  }

  override handleCast(): void {
    // Ignored, as in OTP.
  }
}
