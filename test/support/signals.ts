/** Tests that end a program by SIGTERM or SIGINT. Windows has no signals to send: a process that is sent one is ended. */
import { test } from '@jest/globals'

export const hasSignals = process.platform !== 'win32'
if (!hasSignals) process.stderr.write('skipped: the end of a program by signals, which Windows does not have\n')

/** `test`, skipped where there are no signals. */
export function testSignal(name: string, body: () => Promise<void>): void {
  if (hasSignals) test(name, body)
  else test.skip(name, body)
}
