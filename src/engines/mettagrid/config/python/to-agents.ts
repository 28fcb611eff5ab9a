/** Teams of the Python form as agents of the wire format. */
import { refused } from '../limits.ts'
import { type PythonAgent, pythonDefaults } from './schema.ts'
import type { Names } from './names.ts'

/** Names of teams, from team 0 on. */
const TEAMS = ['red', 'blue', 'green', 'yellow', 'purple', 'orange']

/**
 * An agent for each team, under all the names that maps use for it. The first of a team says what all of the team are.
 * @param defaultLimit of resources that `resource_limits` does not name: that of `game.agent`, for all teams
 * @throws BeamcadeError `bad_game`
 */
export function agentDefinitions(
  agents: readonly PythonAgent[],
  defaultLimit: number,
  resources: readonly string[],
  names: Names,
): { name: string; agent: object }[] {
  const teams = new Map<number, PythonAgent>()
  for (const [index, agent] of agents.entries()) {
    const first = teams.get(agent.team_id)
    if (first === undefined) teams.set(agent.team_id, agent)
    else if (tagText(first) !== tagText(agent)) {
      const tags = `${tagText(first)} and ${tagText(agent)}`
      throw refused(`config.game.agents[${index}]: agents of team ${agent.team_id} differ in their tags: ${tags}.`)
    }
  }
  return [...teams].flatMap(([team, agent]) => {
    const group = TEAMS[team] ?? `team_${team}`
    const where = `game.agent of team ${team}`
    const config = {
      type_name: 'agent',
      group_id: team,
      group_name: group,
      tag_ids: names.tags(agent.tags),
      action_failure_penalty: agent.action_failure_penalty,
      freeze_duration: agent.freeze_duration,
      inventory: { limits: limitsOf(agent, defaultLimit, resources, names) },
      initial_inventory: names.byResource(agent.initial_inventory, `${where}, initial_inventory`),
      soul_bound_resources: names.resources(agent.soul_bound_resources, `${where}, soul_bound_resources`),
      shareable_resources: names.resources(agent.shareable_resources, `${where}, shareable_resources`),
      inventory_regen_amounts: names.byResource(agent.inventory_regen_amounts, `${where}, inventory_regen_amounts`),
      ...rewardsOf(agent, names, where),
    }
    const others = team === 0 ? ['agent.default', 'agent.agent'] : []
    const called = new Set([`agent.${group}`, `agent.team_${team}`, ...others])
    return [...called].map((name) => ({ name, agent: config }))
  })
}

const tagText = ({ tags }: PythonAgent): string => `[${[...new Set(tags)].sort().join(', ')}]`

function limitsOf(agent: PythonAgent, defaultLimit: number, resources: readonly string[], names: Names) {
  const said = new Set<number>()
  const limits = Object.entries(agent.resource_limits).map(([key, limit]) => {
    const where = `game.agent of team ${agent.team_id}, resource_limits`
    const items = names.isResource(key) ? [names.resource(key, where)] : names.resources(key.split(','), where)
    for (const item of items) said.add(item)
    return { items, max_quantity: limit }
  })
  const others = resources.flatMap((_, item) => (said.has(item) ? [] : [{ items: [item], max_quantity: defaultLimit }]))
  return [...limits, ...others]
}

/** Rewards for what is held are rewards for the stat that follows it. */
function rewardsOf({ rewards = pythonDefaults().rewards }: PythonAgent, names: Names, where: string) {
  const merged = (stats: Record<string, number>, inventory: Record<string, number>, field: string) => {
    const all = new Map(Object.entries(stats))
    for (const [resource, weight] of Object.entries(inventory)) {
      names.resource(resource, `${where}, rewards.${field}`)
      const stat = `${resource}.amount`
      if (all.has(stat)) throw refused(`config.${where}, rewards: the stat ${stat} is there twice.`)
      all.set(stat, weight)
    }
    return Object.fromEntries(all)
  }
  return {
    stat_rewards: merged(rewards.stats, rewards.inventory, 'inventory'),
    stat_reward_max: merged(rewards.stats_max, rewards.inventory_max, 'inventory_max'),
  }
}
