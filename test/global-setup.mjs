// Tests that see the project as its users do (the package, the examples) need the build.
import { build } from '../scripts/prepare.mjs'

export default function globalSetup() {
  build()
}
