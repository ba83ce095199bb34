/** Codes on the sheets at sites: their address, wherever the server was reached when they were printed. */

/** The code of the site that a scanned address means; none for anything else. */
export function siteCode(scanned: string): string | null {
  let address: URL
  try {
    address = new URL(scanned)
  } catch {
    return null
  }
  const code = /^\/m\/sites\/([^/]+)\/?$/.exec(address.pathname)?.[1]
  try {
    return code && ['http:', 'https:'].includes(address.protocol) ? decodeURIComponent(code) : null
  } catch {
    return null
  }
}

/** What a picture says, of the codes in it. */
export type Reader = (video: HTMLVideoElement) => Promise<string[]>

/** What some browsers offer; others, among them those of all iPhones, leave it to us. */
interface Detector {
  detect(source: CanvasImageSource): Promise<{ rawValue: string }[]>
}
interface DetectorKind {
  new (options: { formats: string[] }): Detector
  getSupportedFormats?(): Promise<string[]>
}

/** The longer side of what is searched, in pixels: a sheet held in the hand is read, and a cheap phone keeps up. */
const SIDE = 800

/** Whether the browser lets the camera be used; elsewhere the phone's own camera opens the same address. */
export const hasCamera = (): boolean => Boolean((navigator as Partial<Navigator>).mediaDevices?.getUserMedia)

/** A reader of codes: the browser's own, or ours where there is none or it fails. */
export async function codeReader(): Promise<Reader> {
  const kind = (globalThis as { BarcodeDetector?: DetectorKind }).BarcodeDetector
  const formats = (await kind?.getSupportedFormats?.().catch(() => [])) ?? []
  if (!kind || !formats.includes('qr_code')) return ownReader()
  const own = new kind({ formats: ['qr_code'] })
  let instead: Promise<Reader> | null = null
  return async (video) => {
    if (!instead) {
      try {
        return (await own.detect(video)).map((one) => one.rawValue)
      } catch {
        instead = ownReader()
      }
    }
    return (await instead)(video)
  }
}

async function ownReader(): Promise<Reader> {
  const read = await pictureReader()
  const canvas = document.createElement('canvas')
  const paper = canvas.getContext('2d', { willReadFrequently: true })
  return async (video) => {
    const scale = Math.min(1, SIDE / Math.max(video.videoWidth, video.videoHeight))
    const [width, height] = [Math.round(video.videoWidth * scale), Math.round(video.videoHeight * scale)]
    if (!paper || width === 0 || height === 0) return []
    if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height]
    paper.drawImage(video, 0, 0, width, height)
    return read(paper.getImageData(0, 0, width, height))
  }
}

/** Reads the code in a picture, if there is one; loaded when it is first needed, kept for work without network. */
export async function pictureReader(): Promise<(picture: Pick<ImageData, 'data' | 'width' | 'height'>) => string[]> {
  const { default: decode } = await import('qr/decode.js')
  return (picture) => {
    try {
      return [decode(picture)]
    } catch {
      return []
    }
  }
}
