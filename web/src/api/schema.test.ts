// @vitest-environment node
import { expect, it } from 'vitest'
import { committed, generated } from '../../scripts/api.mjs'

it('holds exactly what the description of the interface generates; if not, run npm run api', async () => {
  expect(await committed()).toBe(await generated())
})
