/** Resources that a configuration mentions. */
import { refused } from './limits.ts'

/**
 * @param owner who mentions them, as the sentence begins: `The object mine`
 * @param mentioned resources by the field that mentions them
 * @throws BeamcadeError `bad_game` for one that there is no name for
 */
export function checkItems(
  owner: string,
  mentioned: Readonly<Record<string, readonly number[]>>,
  resources: number,
): void {
  for (const [field, items] of Object.entries(mentioned)) {
    const strange = items.find((item) => item >= resources)
    if (strange === undefined) continue
    throw refused(`${owner} has resource ${strange} in ${field}; there are ${resources} resource_names.`)
  }
}

/** The resources of a map of amounts. */
export function itemsOf(amounts: Readonly<Record<number, number>>): number[] {
  return Object.keys(amounts).map(Number)
}
