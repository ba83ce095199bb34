import { describe, expect, it } from 'vitest'
import { dateText, lengthText, momentText, numberText, percentText, shortText } from './format'

describe('moments', () => {
  it('are shown in the city’s time zone', () => {
    expect(momentText('2026-03-05T06:30:00Z', 'zh-CN')).toBe('2026年3月5日 14:30')
    expect(momentText('2026-03-05T06:30:00Z', 'en')).toBe('5 Mar 2026, 14:30')
    expect(momentText('2026-03-05T16:05:00Z', 'zh-CN')).toBe('2026年3月6日 00:05')
  })

  it('leave a plain date as it is', () => {
    expect(dateText('2026-02-14', 'zh-CN')).toBe('2026年2月14日')
    expect(dateText('2026-02-14', 'en')).toBe('14 Feb 2026')
  })

  it.each([
    ['2026-06-11T01:00:00Z', '今天 09:00', 'Today 09:00'],
    ['2026-06-10T09:32:00Z', '昨天 17:32', 'Yesterday 17:32'],
    ['2026-06-11T16:30:00Z', '明天 00:30', 'Tomorrow 00:30'],
    ['2026-06-01T08:45:00Z', '6月1日 16:45', '1 Jun 16:45'],
    ['2025-12-31T08:45:00Z', '2025年12月31日', '31 Dec 2025'],
  ])('%s is near by the city’s days', (moment, zh, en) => {
    const now = '2026-06-11T02:24:00Z'
    expect(shortText(moment, now, 'zh-CN')).toBe(zh)
    expect(shortText(moment, now, 'en')).toBe(en)
  })

  it('say when there is none', () => {
    expect(momentText(null, 'zh-CN')).toBe('—')
    expect(momentText('nonsense', 'en')).toBe('—')
  })
})

describe('numbers', () => {
  it.each([
    [1286, '1,286'],
    ['101.15', '101.15'],
    ['1234567.0154', '1,234,567.0154'],
    [-0.5, '−0.5'],
    [null, '—'],
  ])('%s', (value, text) => expect(numberText(value)).toBe(text))

  it('keep decimals that floating point would lose', () => {
    expect(numberText('12345678901234.5670')).toBe('12,345,678,901,234.5670')
  })

  it.each([
    [1142, 1223, '93.38%'],
    [21, 1142, '1.84%'],
    [0, 5, '0.00%'],
    [1, 8, '12.50%'],
    [2, 3, '66.67%'],
    [5, 0, '—'],
  ])('%i of %i', (part, whole, text) => expect(percentText(part, whole)).toBe(text))
})

describe('lengths of time', () => {
  const hour = 3600
  it.each([
    [1 * hour + 36 * 60, '1 时 36 分', '1 h 36 min'],
    [(5 * 7 + 6) * hour + 32 * 60, '5 日 6 时', '5 d 6 h'],
    [7 * hour, '1 日 0 时', '1 d 0 h'],
    [59, '0 分', '0 min'],
  ])('%i seconds of working time', (seconds, zh, en) => {
    expect(lengthText(seconds, 'zh-CN')).toBe(zh)
    expect(lengthText(seconds, 'en')).toBe(en)
  })

  it('count natural days of 24 hours', () => {
    expect(lengthText(30 * hour, 'zh-CN', 24 * hour)).toBe('1 日 6 时')
  })
})
