import { beforeEach, describe, expect, it } from 'vitest'
import { handedOver, handOver, joined, MOST_CHOSEN, sitesOf } from './chosen'

describe('sites handed to another page', () => {
  beforeEach(() => sessionStorage.clear())

  it('arrive with what names them and nothing else', () => {
    handOver([{ id: 'a', code: 'YX-1', name: '东街市场', open: 3 } as never])
    expect(handedOver()).toEqual([{ id: 'a', code: 'YX-1', name: '东街市场' }])
  })

  it('are bounded', () => {
    handOver(Array.from({ length: MOST_CHOSEN + 5 }, (_, at) => ({ id: String(at), code: '', name: '' })))
    expect(handedOver()).toHaveLength(MOST_CHOSEN)
  })

  it('are joined and taken from problems, each site once', () => {
    const [a, b] = [{ id: 'a', code: 'YX-1', name: '东街市场' }, { id: 'b', code: 'YX-2', name: '西街市场' }]
    expect(joined([a], [b, a, b])).toEqual([a, b])
    expect(sitesOf([{ site: b }, { site: null }, {}, { site: { ...b, site_type: '市场' } as never }, { site: a }])).toEqual([b, a])
  })

  it('are none where nothing readable is kept', () => {
    expect(handedOver()).toEqual([])
    for (const kept of ['{', '{"id":1}', '[{"id":1}]', '[null]']) {
      sessionStorage.setItem('yipanqi.chosen-sites', kept)
      expect(handedOver()).toEqual([])
    }
  })
})
