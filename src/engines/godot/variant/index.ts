/** Godot's Variants as bytes, and back. */
export type { Dialect } from './kinds.ts'
export { readVariant, VariantReader, type ReaderOptions } from './reader.ts'
export { VariantWriter, writeVariant, type VariantWriterOptions } from './writer.ts'
