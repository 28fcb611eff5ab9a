/** All operations by module and name. Nothing outside this table can be called from any wire. */
import { BeamcadeError } from '../errors.ts'
import type { Operation } from './operation.ts'

export class OperationTable {
  /** Module, then name: the operations of one name differ in how many arguments they take. */
  readonly #modules = new Map<string, Map<string, Operation[]>>()

  constructor(operations: Iterable<Operation> = []) {
    this.add(...operations)
  }

  /** @throws BeamcadeError `bad_operation` if one of the same name takes as many arguments */
  add(...operations: readonly Operation[]): void {
    for (const operation of operations) {
      const { module, name, arity } = operation
      const named = this.named(module, name)
      const same = named.find((other) => other.arity.min <= arity.max && arity.min <= other.arity.max)
      if (same !== undefined) {
        const { min, max } = same.arity
        const taken = min === max ? String(min) : `${min} to ${max}`
        throw new BeamcadeError('bad_operation', `There is ${module}:${name} with ${taken} arguments already.`)
      }
      const names = this.#modules.get(module) ?? new Map<string, Operation[]>()
      this.#modules.set(module, names)
      names.set(name, [...named, operation])
    }
  }

  /** The operation that takes that many arguments by position. */
  find(module: string, name: string, arity: number): Operation | undefined {
    return this.named(module, name).find((operation) => operation.arity.min <= arity && arity <= operation.arity.max)
  }

  /** All operations of one name: usually one. */
  named(module: string, name: string): readonly Operation[] {
    return this.#modules.get(module)?.get(name) ?? []
  }

  modules(): string[] {
    return [...this.#modules.keys()]
  }

  /** All operations, or those of one module, in the order in which they were added. */
  list(module?: string): Operation[] {
    const modules =
      module === undefined ? [...this.#modules.values()] : [this.#modules.get(module) ?? new Map<string, Operation[]>()]
    return modules.flatMap((names) => [...names.values()].flat())
  }
}
