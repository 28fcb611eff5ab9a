import { OptionDefaults } from 'typedoc'

export default {
  entryPoints: ['src/index.ts', 'src/erlang/index.ts', 'src/gateways/socket/client.ts'],
  out: 'docs/api',
  treatWarningsAsErrors: true,
  excludePrivate: true,
  excludeInternal: true,
  readme: 'none',
  disableSources: true,
  // What the generated types of the messages are made into has their fields.
  intentionallyNotExported: ['GameConfigJson', 'MapDefinitionJson', 'ActionDefinition_ActionTypeJson'],
  // What the generator of Protobuf code writes.
  blockTags: [...OptionDefaults.blockTags, '@generated'],
  excludeTags: [...OptionDefaults.excludeTags, '@generated'],
}
