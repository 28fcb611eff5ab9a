/** The SDK of the Model Context Protocol, an optional dependency: looked for only when it is needed. */
import { BeamcadeError, systemCode } from '../../errors.ts'

export type Sdk = typeof import('@modelcontextprotocol/server') & typeof import('@modelcontextprotocol/server/stdio')

/** What to install. */
export const SDK_PACKAGE = '@modelcontextprotocol/server'

/** @throws BeamcadeError `missing_package` */
export async function loadSdk(): Promise<Sdk> {
  try {
    const [server, stdio] = await Promise.all([
      import('@modelcontextprotocol/server'),
      import('@modelcontextprotocol/server/stdio'),
    ])
    return { ...server, ...stdio }
  } catch (error) {
    if (systemCode(error) !== 'ERR_MODULE_NOT_FOUND') throw error
    throw new BeamcadeError('missing_package', `The package ${SDK_PACKAGE} is not installed.`, {
      hint: `Install it where beamcade is: npm install ${SDK_PACKAGE}`,
      cause: error,
    })
  }
}
