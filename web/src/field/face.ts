/** What the field face keeps on the page itself: its sizes, and the large type of whoever wants it. */
import { ref } from 'vue'

const KEPT = 'yipanqi.large'
export const large = ref(localStorage.getItem(KEPT) === '1')

/** Puts on the face that an address belongs to. */
export function wearFace(path: string): void {
  const field = path === '/m' || path.startsWith('/m/')
  document.documentElement.dataset.face = field ? 'field' : path === '/wall' ? 'wall' : 'console'
  if (field && large.value) document.documentElement.dataset.type = 'large'
  else delete document.documentElement.dataset.type
}

export function setLarge(next: boolean): void {
  large.value = next
  localStorage.setItem(KEPT, next ? '1' : '0')
  wearFace(location.pathname)
}
