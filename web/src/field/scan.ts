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

/** What a browser that reads codes offers; others leave it to the phone's own camera. */
export interface Detector {
  detect(source: CanvasImageSource): Promise<{ rawValue: string }[]>
}
type DetectorKind = new (options: { formats: string[] }) => Detector

/** A reader of codes where the browser has one and lets the camera be used. */
export function detector(): Detector | null {
  const kind = (globalThis as { BarcodeDetector?: DetectorKind }).BarcodeDetector
  const camera = (navigator as Partial<Navigator>).mediaDevices?.getUserMedia
  return kind && camera ? new kind({ formats: ['qr_code'] }) : null
}
