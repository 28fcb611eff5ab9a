/** The number types of the Python form: what they can hold is what the engine can, and defaults are said where they are used. */
import { integer, list, record, text } from '../../../../engine/index.ts'

export { float32 } from '../types.ts'

export const uint8 = () => integer({ min: 0, max: 255 })
export const uint16 = () => integer({ min: 0, max: 65_535 })
export const uint32 = () => integer({ min: 0, max: 4_294_967_295 })

/** Amounts by the names of resources. */
export const named = () => record(text(), uint8()).default({})
export const names = () => list(text()).default([])
