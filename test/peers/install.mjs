#!/usr/bin/env node
// Installs the real peers that the tests talk to.
//
//   node test/peers/install.mjs             what apt can install (Erlang, Elixir, JInterface, Protobuf, a C++ compiler, Godot 3)
//   node test/peers/install.mjs --chroots   and newer Erlang releases and Godot 4, in chroots in a cache folder
//   node test/peers/install.mjs --list      what is there, one line each; installs nothing
//
// Needs root, or sudo without a password; without either it prints the one line to run and exits 0, and the tests that
// need a peer skip with a line of their own. The mirror is the one that this machine's apt uses.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

const COMMANDS = {
  erl: 'erlang-base',
  elixir: 'elixir',
  'g++': 'g++',
  make: 'make',
  python3: 'python3',
  protoc: 'protobuf-compiler',
  'godot3-server': 'godot3-server',
}
const FILES = {
  '/usr/lib/erlang/usr/include/ei.h': 'erlang-dev',
  '/usr/share/java/OtpErlang.jar': 'erlang-jinterface',
  '/usr/include/google/protobuf/message.h': 'libprotobuf-dev',
  '/usr/lib/python3/dist-packages/google/protobuf/message.py': 'python3-protobuf',
  '/usr/lib/erlang/bin/start_sasl.boot': 'erlang-nox',
}
/** Debian suite → the Erlang release in it, the packages that the tests use, and the program that came last. */
const CHROOTS = {
  trixie: { otp: '27', packages: 'erlang-base,erlang-nox,elixir', program: 'usr/bin/elixir' },
  forky: { otp: '29', packages: 'erlang-base,erlang-nox,elixir,godot', program: 'usr/bin/godot' },
}
const cache = process.env.BEAMCADE_PEERS ?? join(homedir(), '.cache', 'beamcade', 'peers')
const arguments_ = new Set(process.argv.slice(2))

const found = (command) => (process.env.PATH ?? '').split(':').some((folder) => existsSync(join(folder, command)))
const run = (command, args, options = {}) =>
  spawnSync(command, args, { encoding: 'utf8', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }, ...options })
const root = process.getuid?.() === 0
const sudo = root ? [] : ['sudo', '-n']
const mayInstall = root || (found('sudo') && run('sudo', ['-n', 'true']).status === 0)

function missingPackages() {
  const commands = Object.entries(COMMANDS).filter(([command]) => !found(command))
  const files = Object.entries(FILES).filter(([file]) => !existsSync(file))
  return [...commands, ...files].map(([, name]) => name)
}

function asRoot(command, ...args) {
  const [first, ...rest] = [...sudo, command, ...args]
  return run(first, rest)
}

function installPackages() {
  const missing = missingPackages()
  if (missing.length === 0) return
  const line = `apt-get install -y --no-install-recommends ${missing.join(' ')}`
  if (!found('apt-get')) {
    console.log(`peers: not here: ${missing.join(', ')}; this system has no apt-get, so install them your own way`)
  } else if (!mayInstall) {
    console.log(`peers: to run every test, first run: sudo ${line}`)
  } else {
    console.log(`peers: ${line}`)
    asRoot('apt-get', 'update', '-qq')
    const result = asRoot('apt-get', 'install', '-y', '-qq', '--no-install-recommends', ...missing)
    if (result.status !== 0)
      console.log(`peers: apt-get failed, the tests that need them are skipped:\n${result.stderr}`)
  }
}

/** The mirror of the release that apt itself installs from: the first one whose suite is not an update or security one. */
function mirror() {
  const targets = run('apt-get', ['indextargets', '--format', '$(REPO_URI) $(RELEASE)']).stdout ?? ''
  const lines = targets.split('\n').map((line) => line.split(' '))
  return lines.find(([, release]) => release !== undefined && !release.includes('-'))?.[0]
}

function installChroot(suite) {
  const { otp, packages, program } = CHROOTS[suite]
  const folder = join(cache, suite)
  if (existsSync(join(folder, program))) return
  if (!root) return console.log(`peers: OTP ${otp} needs a chroot, which needs root: left out`)
  if (!found('debootstrap') && asRoot('apt-get', 'install', '-y', '-qq', 'debootstrap').status !== 0) {
    return console.log(`peers: OTP ${otp} left out: debootstrap cannot be installed`)
  }
  const source = mirror()
  if (source === undefined) return console.log(`peers: OTP ${otp} left out: apt names no mirror`)
  const scripts = '/usr/share/debootstrap/scripts'
  const script = existsSync(join(scripts, suite)) ? [] : [join(scripts, 'sid')]
  // One that an earlier list of packages made is made anew.
  rmSync(folder, { recursive: true, force: true })
  const unfinished = `${folder}.new`
  rmSync(unfinished, { recursive: true, force: true })
  mkdirSync(unfinished, { recursive: true })
  console.log(`peers: OTP ${otp} (Debian ${suite}) into ${folder}`)
  const options = ['--variant=minbase', `--include=${packages}`]
  const result = run('debootstrap', [...options, suite, unfinished, source, ...script])
  if (result.status === 0) renameSync(unfinished, folder)
  else console.log(`peers: OTP ${otp} left out: debootstrap failed: ${result.stdout.trim().split('\n').at(-1)}`)
}

if (arguments_.has('--list')) {
  for (const [what, name] of [...Object.entries(COMMANDS), ...Object.entries(FILES)]) {
    console.log(`${found(what) || existsSync(what) ? 'here   ' : 'missing'} ${what} (${name})`)
  }
  for (const [suite, { otp, program }] of Object.entries(CHROOTS)) {
    console.log(`${existsSync(join(cache, suite, program)) ? 'here   ' : 'missing'} OTP ${otp} (chroot ${suite})`)
  }
} else {
  installPackages()
  if (arguments_.has('--chroots')) for (const suite of Object.keys(CHROOTS)) installChroot(suite)
}
