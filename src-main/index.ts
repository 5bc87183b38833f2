import { startApplication } from './shell/application'

await startApplication()
