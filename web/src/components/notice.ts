/** A short word that something was done; refusals never go through here, they stay beside their place. */
import { ElMessage } from 'element-plus/es/components/message/index'
import 'element-plus/es/components/message/style/css'

export function notice(text: string): void {
  ElMessage({ message: text, type: 'success', duration: 3000, grouping: true })
}
