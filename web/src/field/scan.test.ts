import { expect, test } from 'vitest'
import { siteCode } from './scan'

test('a sheet means its site, wherever it was printed, and nothing else means one', () => {
  expect(siteCode('https://yipanqi.example.cn/m/sites/YX-0001')).toBe('YX-0001')
  expect(siteCode('http://10.0.0.8:8787/m/sites/%E4%BA%91-1/')).toBe('云-1')
  for (const other of ['YX-0001', '', 'https://example.cn/m/login?login=a', 'https://example.cn/m/sites/', 'https://example.cn/m/sites/a/b', 'javascript:/m/sites/x', 'https://example.cn/m/sites/%E4%BA'])
    expect(siteCode(other), other).toBeNull()
})
