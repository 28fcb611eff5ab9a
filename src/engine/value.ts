/**
 * The values that cross the border of an engine, the same on every wire. Engines add none of their own: a vector of
 * Godot is a `Tagged`, an enum a `Name`.
 */

export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly Value[]
  | ReadonlyMap<Value, Value>
  | Float
  | Name
  | Tagged
  | Opaque

/** A float with an integral value, where no schema says that it is a float. */
export class Float {
  readonly value: number
  constructor(value: number) {
    this.value = value
  }
}

/** A name from a closed or well-known set: an atom on Erlang's wire, a string in JSON. */
export class Name {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

/** A tagged group of values: a tuple `{tag, …fields}` on Erlang's wire, `{"$tag": tag, "fields": […]}` in JSON. */
export class Tagged {
  readonly tag: string
  readonly fields: readonly Value[]
  constructor(tag: string, fields: readonly Value[]) {
    this.tag = tag
    this.fields = fields
  }
}

/** Something that only the gateway that made it understands (a pid, a fun): passed through, refused by the others. */
export class Opaque {
  readonly gateway: string
  readonly content: unknown
  constructor(gateway: string, content: unknown) {
    this.gateway = gateway
    this.content = content
  }
}
