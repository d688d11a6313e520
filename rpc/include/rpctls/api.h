/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef RPCTLS_API_H
#define RPCTLS_API_H

/* Marks what the library exports; all else is hidden. */
#if defined(__GNUC__)
#define RPCTLS_API __attribute__((visibility("default")))
#else
#define RPCTLS_API
#endif

#endif
