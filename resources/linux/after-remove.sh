#!/bin/sh
# After removing (dpkg: postrm with "upgrade" or "remove" or "purge"; rpm: with how many versions stay installed).
# What people wrote and synced lies in their own folders, which no package manager touches.
set -e

case "${1-}" in
  upgrade | failed-upgrade | abort-install | abort-upgrade | disappear | 1) exit 0 ;;
esac
profile=/etc/apparmor.d/earmark
if [ -f "$profile" ]; then
  if command -v apparmor_parser >/dev/null 2>&1; then apparmor_parser --remove "$profile" >/dev/null 2>&1 || true; fi
  rm -f "$profile"
fi
if command -v update-desktop-database >/dev/null 2>&1; then update-desktop-database -q || true; fi
if command -v gtk-update-icon-cache >/dev/null 2>&1; then
  gtk-update-icon-cache -q -f /usr/share/icons/hicolor 2>/dev/null || true
fi
