import { describe, expect, it } from 'vitest'
import { choices, shownLines, sourcesOf, waiting, type Line } from './comparison'

const side = (id: string, text: string) => ({ id, number: `${id}）`, citation_key: id, above: [], words: [{ text, changed: false }], measures: [], lead: [] })
const line = (id: string, over: Partial<Line>): Line =>
  ({ id, kind: 'same', points_moved: false, likeness: 1000, state: 'proposed', by_hand: false, ...over }) as Line

const lines = [
  line('a', { old: side('1', '街巷整洁'), new: side('1', '街巷整洁'), state: 'confirmed' }),
  line('b', { kind: 'merged', old: side('2', '无占道经营'), new: side('2', '无占道经营和乱贴乱画') }),
  line('c', { kind: 'merged', old: side('3', '无乱贴乱画'), new: side('2', '无占道经营和乱贴乱画') }),
  line('d', { state: 'rejected', old: side('4', '旧'), new: side('2', '无占道经营和乱贴乱画') }),
  line('e', { kind: 'gone', old: side('4', '旧') }),
]

describe('lines of a comparison', () => {
  it('hides refused pairs until they are asked for', () => {
    expect(shownLines(lines, { kind: '', state: '', words: '' }).map((one) => one.id)).toEqual(['a', 'b', 'c', 'e'])
    expect(shownLines(lines, { kind: '', state: 'rejected', words: '' }).map((one) => one.id)).toEqual(['d'])
  })
  it('finds words on either side, within a kind', () => {
    expect(shownLines(lines, { kind: 'merged', state: '', words: '占道' }).map((one) => one.id)).toEqual(['b', 'c'])
    expect(shownLines(lines, { kind: 'gone', state: '', words: '占道' })).toEqual([])
  })
  it('knows what waits, the sources of a merged criterion, and each criterion once', () => {
    expect(waiting(lines).map((one) => one.id)).toEqual(['b', 'c', 'e'])
    expect(sourcesOf(lines, '2')).toEqual(['2', '3'])
    expect(choices(lines, 'new').map((one) => one.value)).toEqual(['1', '2'])
  })
})
