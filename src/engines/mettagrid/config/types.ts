/** The number types of the wire, with proto3's default: what is absent is 0. */
import { z } from 'zod'
import { float, integer, record } from '../../../engine/index.ts'

const FLOAT32_MAX = 3.4028234663852886e38

/** 0..255: what the reference keeps in a byte. Larger numbers are refused, where the reference would cut them off. */
export const byte = () => integer({ min: 0, max: 255 }).default(0)
export const uint16 = () => integer({ min: 0, max: 65_535 }).default(0)
export const int16 = () => integer({ min: -32_768, max: 32_767 }).default(0)
export const uint32 = () => integer({ min: 0, max: 4_294_967_295 }).default(0)
/** A float that fits 32 bits. */
export const float32 = () => float({ min: -FLOAT32_MAX, max: FLOAT32_MAX })
export const flag = () => z.boolean().default(false)

/** Number of a resource: its position in `resource_names`. */
export const item = () => integer({ min: 0, max: 255 })
/** Amounts by resource. */
export const amounts = () => record(item(), integer({ min: 0, max: 255 })).default({})
