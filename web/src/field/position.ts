/** Where the phone is, if it says so within five seconds; its silence never blocks. */
import type { Position } from '@/api/schema'

export async function whereAmI(): Promise<{ position?: Position }> {
  if (!('geolocation' in navigator)) return {}
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve({}), 5000)
    navigator.geolocation.getCurrentPosition(
      (found) => {
        clearTimeout(timer)
        resolve({ position: { longitude: found.coords.longitude, latitude: found.coords.latitude } })
      },
      () => {
        clearTimeout(timer)
        resolve({})
      },
      { enableHighAccuracy: true, timeout: 5000, maximumAge: 60_000 },
    )
  })
}
