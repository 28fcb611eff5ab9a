/** Who may listen where: beyond this machine only with a token, or when it is said that none is wanted. */
import { lookup } from 'node:dns/promises'
import { BeamcadeError } from '../../errors.ts'

/** True if only programs of this machine can connect to a socket that is bound to `host`. */
export async function isLoopback(host: string): Promise<boolean> {
  const { address, family } = await lookup(host)
  return family === 4 ? address.startsWith('127.') : address === '::1' || address.startsWith('::ffff:127.')
}

/** @throws BeamcadeError `token_needed` */
export function checkExposure(host: string, loopback: boolean, token: string | undefined, insecure: boolean): void {
  if (loopback || token !== undefined || insecure) return
  throw new BeamcadeError('token_needed', `${host} can be reached from other machines, and there is no token.`)
}
