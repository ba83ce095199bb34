import { describe, expect, it } from 'vitest'
import { areaOf, areaText, CORNERS, simplified, type Corner } from './lasso'

describe('an area drawn by hand', () => {
  it('keeps its shape with few corners', () => {
    const circle: Corner[] = Array.from({ length: 500 }, (_, at) => [114.8 + 0.1 * Math.cos(at / 79.6), 31.2 + 0.1 * Math.sin(at / 79.6)])
    const few = simplified(circle)
    expect(few.length).toBeLessThanOrEqual(CORNERS)
    expect(few.length).toBeGreaterThan(12)
    for (const [x, y] of few) expect(Math.hypot(x - 114.8, y - 31.2)).toBeCloseTo(0.1, 6)
  })

  it('leaves clicked corners alone', () => {
    const corners: Corner[] = [[114, 31], [115, 31], [115, 32]]
    expect(simplified(corners)).toEqual(corners)
    expect(simplified([])).toEqual([])
  })

  it('goes into the address and comes back', () => {
    const text = areaText([[114.833039, 31.261684], [114.9, 31.3], [114.8, 31.4]])
    expect(text).toBe('114.83304,31.26168;114.90000,31.30000;114.80000,31.40000')
    expect(areaOf(text)).toEqual([[114.83304, 31.26168], [114.9, 31.3], [114.8, 31.4]])
  })

  it('refuses what is no area', () => {
    for (const text of [undefined, '', '114,31;115,31', '114,31;115;116,32', 'a,b;c,d;e,f']) expect(areaOf(text)).toBeNull()
  })
})
