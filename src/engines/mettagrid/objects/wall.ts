/** Walls: they stand in the way. Only a swappable one tells more of itself than its type and tags. */
import type { WallConfig } from '../config/objects.ts'
import { OBJECT_LAYER } from '../world/grid.ts'
import { FEATURE, token } from '../world/tokens.ts'
import { type ObjectType, tagTokens } from './object.ts'

export interface WallType extends ObjectType {
  readonly kind: 'wall'
  readonly swappable: boolean
  /** What all of them look like. */
  readonly tokens: readonly number[]
}

export function wallType(name: string, config: WallConfig): WallType {
  const { type_id: typeId, type_name: typeName, swappable, tag_ids: tags } = config
  const tokens = [
    token(FEATURE.typeId, typeId),
    ...(swappable ? [token(FEATURE.swappable, 1)] : []),
    ...tagTokens(tags),
  ]
  const mostTokens = tokens.length
  return { kind: 'wall', name, typeId, typeName, layer: OBJECT_LAYER, tags, swappable, tokens, mostTokens }
}
