import { describe, expect, it } from 'vitest'
import { resultWords, phraseWords } from '@/round/result'
import type { Entry } from './offline/base'
import { emptyEntry, markOf } from './offline/visiting'
import { countsOf, offered, pick, recount } from './phrases'

const faulty = (count: number, phrases: string[] = []): Entry => ({ ...emptyEntry(), result: { kind: 'faults', count }, phrases })
const t = (key: string, values: Record<string, unknown>) => (key === 'result.of_phrase' ? `${values.phrase} ×${values.n}` : key)

describe('typical faults that are counted', () => {
  it('have a count each, and together they are the count of the item', () => {
    let entry = pick(faulty(1), '垃圾')
    entry = recount(entry, '垃圾', 3)
    entry = recount(pick(entry, '烟头'), '烟头', 2)
    expect(markOf(entry)).toMatchObject({ result: { kind: 'faults', count: 5, by_phrase: [{ phrase: '垃圾', count: 3 }, { phrase: '烟头', count: 2 }] }, phrase: '垃圾；烟头' })
    expect(markOf(pick(entry, '垃圾'))).toMatchObject({ result: { kind: 'faults', count: 2 }, phrase: '烟头' })
    expect(recount(entry, '烟头', 0).result).toMatchObject({ count: 4 })
    expect(phraseWords(t, entry.result!, '垃圾；烟头')).toBe('垃圾 ×3；烟头 ×2')
    expect(resultWords(entry.result!).values).toEqual({ n: 5 })
  })

  it('keep what was counted before one was picked, and after the last is taken back', () => {
    const one = pick(faulty(4), '垃圾')
    expect(one.result).toEqual({ kind: 'faults', count: 4, by_phrase: [{ phrase: '垃圾', count: 4 }] })
    expect(pick(one, '垃圾')).toMatchObject({ phrases: [], result: { kind: 'faults', count: 4 } })
  })

  it('of an older answer, which has one count for all, go on', () => {
    const old = faulty(5, ['垃圾', '烟头'])
    expect(phraseWords(t, old.result!, '垃圾；烟头')).toBe('垃圾；烟头')
    expect(countsOf(old)).toEqual([{ phrase: '垃圾', count: 4 }, { phrase: '烟头', count: 1 }])
    expect(recount(old, '烟头', 3).result).toMatchObject({ count: 7 })
    expect(countsOf({ ...old, result: { kind: 'faults', count: 1 } })).toEqual([{ phrase: '垃圾', count: 1 }, { phrase: '烟头', count: 1 }])
  })

  it('are picked without counts where nothing is counted', () => {
    const failed: Entry = { ...emptyEntry(), result: { kind: 'pass_fail', pass: false } }
    expect(pick(pick(failed, '垃圾'), '烟头')).toMatchObject({ phrases: ['垃圾', '烟头'], result: { kind: 'pass_fail', pass: false } })
    expect(pick(pick(failed, '垃圾'), '垃圾').phrases).toEqual([])
  })

  it('offer another for what the checklist has no words for, and keep what an earlier one had', () => {
    expect(offered(['垃圾'], faulty(1, ['积水']), '其他')).toEqual(['垃圾', '其他', '积水'])
    expect(offered(['垃圾'], { ...emptyEntry(), result: { kind: 'pass_fail', pass: false } }, '其他')).toEqual(['垃圾'])
  })
})
