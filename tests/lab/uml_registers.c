/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * For kernels of User-Mode Linux that keep a process's extended registers (XSAVE) in room of a fixed size: 6.1 and 6.12 have
 * 2,696 octets, up to AVX-512 and protection keys. Reading what is larger gives them its beginning; writing that back is
 * refused by the host (EFAULT), which takes registers whole or not at all. So on a processor with AMX (11,008 octets) those
 * kernels do not even start their init. Preloaded into one, this makes what it writes whole. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/uio.h>

typedef long ptrace_function(int request, pid_t process, void *address, void *data);

enum { largest = 1 << 16, components_at = 512, header_end = 576 };

/* What lies behind the kernel's part is in its initial state: nothing in a lab asks for leave to use AMX. */
static const uint64_t amx = (uint64_t)3 << 17;

static size_t whole_size; /* of what the host takes; 0: not known, or the kernel's room is enough */

static size_t size_of_whole(ptrace_function *real, pid_t process, void *address) {
    static unsigned char room[largest];
    struct iovec whole = {room, sizeof room};
    return real(PTRACE_GETREGSET, process, address, &whole) == 0 ? whole.iov_len : 0;
}

static long set_whole(ptrace_function *real, pid_t process, void *address, const struct iovec *part) {
    static unsigned char room[largest]; /* the kernel has one thread; behind its part there are always zeros */
    struct iovec whole = {room, whole_size};
    uint64_t components = 0;
    memcpy(room, part->iov_base, part->iov_len);
    memcpy(&components, room + components_at, sizeof components);
    components &= ~amx;
    memcpy(room + components_at, &components, sizeof components);
    return real(PTRACE_SETREGSET, process, address, &whole);
}

long ptrace(enum __ptrace_request request, ...) {
    static ptrace_function *real;
    va_list arguments;
    pid_t process;
    void *address, *data;
    const struct iovec *part;
    long result;

    va_start(arguments, request);
    process = va_arg(arguments, pid_t);
    address = va_arg(arguments, void *);
    data = va_arg(arguments, void *);
    va_end(arguments);
    if (real == NULL)
        *(void **)&real = dlsym(RTLD_NEXT, "ptrace");
    if (request != PTRACE_SETREGSET || address != (void *)NT_X86_XSTATE)
        return real((int)request, process, address, data);
    part = data;
    if (whole_size > part->iov_len)
        return set_whole(real, process, address, part);
    result = real((int)request, process, address, data);
    if (result != -1 || errno != EFAULT || part->iov_len < header_end)
        return result;
    whole_size = size_of_whole(real, process, address);
    if (whole_size > part->iov_len)
        return set_whole(real, process, address, part);
    errno = EFAULT;
    return -1;
}
