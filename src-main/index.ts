import { startApplication } from './shell/application'

// Not awaited: Electron gets ready only once this module has been evaluated.
void startApplication()
