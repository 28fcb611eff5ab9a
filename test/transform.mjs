// Jest's transform: TypeScript to ES modules by the compiler that the build uses. Types are checked by `npm run typecheck`.
import { createHash } from 'node:crypto'
import ts from 'typescript'

const compilerOptions = {
  target: ts.ScriptTarget.ES2023,
  module: ts.ModuleKind.ESNext,
  verbatimModuleSyntax: true,
  inlineSourceMap: true,
  inlineSources: true,
}

export default {
  getCacheKey: (source, path) =>
    createHash('sha1')
      .update(ts.version)
      .update(JSON.stringify(compilerOptions))
      .update(path)
      .update(source)
      .digest('hex'),
  process: (source, fileName) => ({ code: ts.transpileModule(source, { fileName, compilerOptions }).outputText }),
}
