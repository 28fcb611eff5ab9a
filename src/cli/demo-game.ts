/**
 * The game of `beamcade demo`, and the programs that play it from another process: agents walk ahead and turn right when
 * something is in their way. The player prints lines for the demo to draw: `player …`, `game …` and, for each step,
 * `frame STEP ACTIONS REWARDS ROW/ROW/…`.
 */

export const MAP = [
  '########################',
  '#@.........#...........#',
  '#..####....#....####...#',
  '#..........#...........#',
  '#.....................@#',
  '#....###.......#.......#',
  '#..............#...@...#',
  '########################',
]
export const AGENTS = 3
export const STEPS = 24
export const STEP_MS = 100
export const SEED = 42

/** Flat actions of the walk, clockwise: north, east, south, west. */
export const CLOCKWISE = [1, 4, 2, 3] as const

export const CONFIG = {
  num_agents: AGENTS,
  max_steps: 100,
  obs_width: 5,
  obs_height: 5,
  num_observation_tokens: 50,
  actions: [
    { name: 'noop', type: 'ACTION_NOOP', noop: {} },
    { name: 'move', type: 'ACTION_MOVE', move: {} },
  ],
  objects: [
    { name: 'agent.agent', agent: { type_name: 'agent', stat_rewards: { 'action.move.success': 1 } } },
    { name: 'wall', wall: { type_id: 1, type_name: 'wall' } },
  ],
}

/** A literal that Elixir reads as the value of `json`: names as atoms. */
function elixir(json: unknown): string {
  if (Array.isArray(json)) return `[${json.map(elixir).join(', ')}]`
  if (typeof json !== 'object' || json === null) return JSON.stringify(json)
  return `%{${Object.entries(json)
    .map(([key, value]) => `${JSON.stringify(key)} => ${elixir(value)}`)
    .join(', ')}}`
}

/** Plays with nothing but what Elixir itself has; node and cookie come by the environment. */
export function elixirPlayer(): string {
  return `
node = String.to_atom(System.fetch_env!("BEAMCADE_DEMO_NODE"))
Node.set_cookie(node, String.to_atom(System.fetch_env!("BEAMCADE_DEMO_COOKIE")))
IO.puts("player Elixir #{System.version()} on OTP #{System.otp_release()}")
true = Node.connect(node)
server = {:godot_server, node}
request = ["demo", ${elixir(CONFIG)}, ${elixir(MAP)}, ${SEED}, %{link: true}]
{:ok, %{pid: game}} = GenServer.call(server, {:mettagrid, :create_game, request})
IO.puts("game #{inspect(game)}")
clockwise = {${CLOCKWISE.join(', ')}}

Enum.reduce(1..${STEPS}, {List.duplicate(1, ${AGENTS}), List.duplicate(0.0, ${AGENTS})}, fn step, {headings, totals} ->
  actions = Enum.map(headings, &elem(clockwise, &1))
  {:ok, result} = GenServer.call(game, {:step_game, actions})
  {:ok, rows} = GenServer.call(game, {:render_game})
  totals = Enum.zip_with(totals, result.rewards, &+/2)
  IO.puts("frame #{step} #{Enum.join(actions, ",")} #{Enum.join(totals, ",")} #{Enum.join(rows, "/")}")
  Process.sleep(${STEP_MS})
  turn = fn heading, moved -> if moved, do: heading, else: rem(heading + 1, 4) end
  {Enum.zip_with(headings, result.action_success, turn), totals}
end)

:ok = GenServer.stop(game)
`
}
