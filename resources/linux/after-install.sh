#!/bin/sh
# After unpacking (dpkg and rpm): Chromium's sandbox gets what this system lets it have.
set -e

app=/opt/Earmark
profile=/etc/apparmor.d/earmark

# Old AppArmors do not know the profile's language, nor do their systems need it.
if command -v apparmor_parser >/dev/null 2>&1 && [ -d /sys/kernel/security/apparmor ] &&
  apparmor_parser --skip-kernel-load --skip-cache "$app/resources/apparmor-profile" >/dev/null 2>&1; then
  cp "$app/resources/apparmor-profile" "$profile"
  chmod 644 "$profile"
  apparmor_parser --replace --write-cache --skip-read-cache "$profile" >/dev/null 2>&1 || true
fi

# The helper that belongs to root is for systems on which ordinary users can't make user namespaces and no profile says
# otherwise: where it is not needed, one program less runs as root.
chown root:root "$app/chrome-sandbox"
if [ -f "$profile" ] ||
  setpriv --reuid=65534 --regid=65534 --clear-groups unshare --user --map-root-user true >/dev/null 2>&1; then
  chmod 0755 "$app/chrome-sandbox"
else
  chmod 4755 "$app/chrome-sandbox"
fi

# Where package managers do this by themselves, once more does no harm.
if command -v update-desktop-database >/dev/null 2>&1; then update-desktop-database -q || true; fi
if command -v gtk-update-icon-cache >/dev/null 2>&1; then
  gtk-update-icon-cache -q -f /usr/share/icons/hicolor 2>/dev/null || true
fi
