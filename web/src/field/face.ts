/** What the field face keeps on the page itself: the large type of whoever wants it. */
import { ref } from 'vue'

const KEPT = 'yipanqi.large'
export const large = ref(localStorage.getItem(KEPT) === '1')

export function setLarge(next: boolean): void {
  large.value = next
  localStorage.setItem(KEPT, next ? '1' : '0')
  wearLarge()
}

export function wearLarge(): void {
  if (large.value) document.documentElement.dataset.type = 'large'
  else delete document.documentElement.dataset.type
}
