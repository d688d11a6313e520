dnl SPDX-License-Identifier: LGPL-2.1-or-later
dnl What configure checks, each in words that a person can act on. Missing libraries are collected and reported
dnl together, with the one command that installs them all.

AC_DEFUN([RPCTLS_REQUIRE_CXX20], [
    CXXFLAGS="$CXXFLAGS -std=c++20"
    AC_MSG_CHECKING([whether $CXX compiles C++20])
    AC_COMPILE_IFELSE([AC_LANG_SOURCE([[
        #include <concepts>
        #include <span>
        #include <stop_token>
        template <std::integral T> T twice(T n) { return n + n; }
        struct Point { int x, y; bool operator==(const Point &) const = default; };
        int main() { int a[2] = {}; std::span s(a); return twice(int(s.size())) - 4 + !(Point{.x = 1, .y = 2} == Point{1, 2}); }
    ]])],
    [AC_MSG_RESULT([yes])],
    [AC_MSG_RESULT([no])
     AC_MSG_ERROR([$CXX does not compile C++20: use g++ 12 or clang++ 14, or newer (CXX=... ./configure)])])
])

dnl RPCTLS_MISSING(WHAT, PACKAGE, PURPOSE)
AC_DEFUN([RPCTLS_MISSING], [
    missing_packages="$missing_packages $2"
    missing_lines="$missing_lines
  $1 (for $3)"
])

dnl RPCTLS_LIBRARY(VARIABLE, MODULES, VERSION, PACKAGE, PURPOSE)
AC_DEFUN([RPCTLS_LIBRARY], [
    rpctls_modules=
    for rpctls_module in $2; do rpctls_modules="$rpctls_modules $rpctls_module >= $3"; done
    PKG_CHECK_MODULES([$1], [$rpctls_modules], [],
        [RPCTLS_MISSING([$2 $3 or newer], [$4], [$5])])
])

dnl RPCTLS_HEADER(HEADER, PACKAGE, PURPOSE)
AC_DEFUN([RPCTLS_HEADER], [
    AC_CHECK_HEADER([$1], [], [RPCTLS_MISSING([$1], [$2], [$3])],
        [#include <utility> // Boost 1.74's Asio forgets it
        ])
])

dnl For one test. Its API is another in each release, so without just these it is left out, and configure says so.
AC_DEFUN([RPCTLS_NGTCP2], [
    PKG_CHECK_MODULES([NGTCP2],
        [libngtcp2 >= 0.12 libngtcp2 < 0.13 libngtcp2_crypto_gnutls >= 0.12 libngtcp2_crypto_gnutls < 0.13],
        [have_ngtcp2=yes],
        [have_ngtcp2=no
         AC_MSG_NOTICE([without ngtcp2 0.12 (libngtcp2-crypto-gnutls-dev) unit_quic is not built])])
])

AC_DEFUN([RPCTLS_REPORT_MISSING], [
    AS_IF([test -n "$missing_packages"], [AC_MSG_ERROR([something to build with is missing:$missing_lines
On Debian, as root:  apt-get install$missing_packages])])
])

dnl nfs-utils is a run-time neighbour: a missing one is a note, not an error, and the paths can be given.
AC_DEFUN([RPCTLS_NFS_UTILS], [
    AC_ARG_VAR([MOUNT_NFS], [nfs-utils' mount.nfs, which does the mount itself])
    AC_ARG_VAR([EXPORTFS], [nfs-utils' exportfs])
    AC_ARG_WITH([mount-nfs], [AS_HELP_STRING([--with-mount-nfs=PATH], [nfs-utils' mount.nfs [found in PATH]])],
        [MOUNT_NFS=$withval])
    AC_ARG_WITH([exportfs], [AS_HELP_STRING([--with-exportfs=PATH], [nfs-utils' exportfs [found in PATH]])],
        [EXPORTFS=$withval])
    AC_PATH_PROG([MOUNT_NFS], [mount.nfs], [/usr/sbin/mount.nfs], [/usr/sbin:/sbin:$PATH])
    AC_PATH_PROG([EXPORTFS], [exportfs], [/usr/sbin/exportfs], [/usr/sbin:/sbin:$PATH])
    mount_nfs_version=
    AS_IF([test -x "$MOUNT_NFS"],
        [mount_nfs_version=`"$MOUNT_NFS" -V 2>/dev/null | sed -n 's/.*nfs-utils \([[0-9.]]*\).*/\1/p'`])
    AS_IF([test -z "$mount_nfs_version"],
        [AC_MSG_NOTICE([no nfs-utils found at $MOUNT_NFS; it is looked for again when a mount needs it])])
    AC_DEFINE_UNQUOTED([MOUNT_NFS_PATH], ["$MOUNT_NFS"], [nfs-utils' mount.nfs])
    AC_DEFINE_UNQUOTED([EXPORTFS_PATH], ["$EXPORTFS"], [nfs-utils' exportfs])
])

dnl Warnings are errors for developers and CI (--enable-werror), not for those who build a release.
AC_DEFUN([RPCTLS_WARNINGS], [
    AC_ARG_ENABLE([werror], [AS_HELP_STRING([--enable-werror], [make warnings errors])], [], [enable_werror=no])
    WARNING_FLAGS="-Wall -Wextra -Wshadow -Wno-missing-field-initializers"
    AS_IF([test "x$enable_werror" = xyes], [WARNING_FLAGS="$WARNING_FLAGS -Werror"])
    AC_SUBST([WARNING_FLAGS])
    HARDENING_FLAGS="-fstack-protector-strong -fvisibility=hidden"
    AC_SUBST([HARDENING_FLAGS])
    HARDENING_LDFLAGS="-Wl,-z,relro -Wl,-z,now -Wl,--as-needed"
    AC_SUBST([HARDENING_LDFLAGS])
])

AC_DEFUN([RPCTLS_SANITIZERS], [
    AC_ARG_ENABLE([sanitizers],
        [AS_HELP_STRING([--enable-sanitizers=LIST], [e.g. address,undefined or thread])], [],
        [enable_sanitizers=no])
    SANITIZER_FLAGS=
    AS_IF([test "x$enable_sanitizers" != xno],
        [SANITIZER_FLAGS="-fsanitize=$enable_sanitizers -fno-sanitize-recover=all -fno-omit-frame-pointer"])
    AC_SUBST([SANITIZER_FLAGS])
    QUICK_START_CXXFLAGS=
    QUICK_START_LDFLAGS=
    AS_IF([test "x$enable_sanitizers" = xno], [RPCTLS_QUICK_START])
    AC_SUBST([QUICK_START_CXXFLAGS])
    AC_SUBST([QUICK_START_LDFLAGS])
])

dnl For a program whose start must be quick: the little that it uses of us and of libstdc++ instead of all of it (std::filesystem
dnl alone brings the locales of iostreams), and relocations that touch few pages. The sanitizers' runtimes want the shared ones.
AC_DEFUN([RPCTLS_QUICK_START], [
    QUICK_START_CXXFLAGS="-ffunction-sections -fdata-sections"
    QUICK_START_LDFLAGS="-static-libstdc++ -static-libgcc -Wl,--gc-sections"
    AC_MSG_CHECKING([whether the linker packs relative relocations])
    rpctls_saved_ldflags=$LDFLAGS
    LDFLAGS="$LDFLAGS -Wl,-z,pack-relative-relocs -Wl,--fatal-warnings"
    AC_RUN_IFELSE([AC_LANG_PROGRAM()],
        [AC_MSG_RESULT([yes])
         QUICK_START_LDFLAGS="$QUICK_START_LDFLAGS -Wl,-z,pack-relative-relocs"],
        [AC_MSG_RESULT([no])], [AC_MSG_RESULT([not known])])
    LDFLAGS=$rpctls_saved_ldflags
])

AC_DEFUN([RPCTLS_VERSION_SCRIPT], [
    AC_MSG_CHECKING([whether the linker takes version scripts])
    rpctls_saved_ldflags=$LDFLAGS
    echo 'TEST_1 { global: *; };' > conftest.map
    LDFLAGS="$LDFLAGS -shared -fPIC -Wl,--version-script=conftest.map"
    AC_LINK_IFELSE([AC_LANG_SOURCE([[int face() { return 0; }]])],
        [AC_MSG_RESULT([yes])],
        [AC_MSG_RESULT([no])
         AC_MSG_ERROR([the linker must take --version-script: use GNU ld, gold or lld])])
    LDFLAGS=$rpctls_saved_ldflags
    rm -f conftest.map
])
