// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <rpctls/rpctls.h>

#include <memory>
#include <new>

namespace rpctls {

struct ParametersDeleter {
    void operator()(rpctls_params *params) const { rpctls_params_free(params); }
};

/// The parameters of rpctls.h and their owner; its functions rpctls_params_set_… set them. One object belongs to one
/// thread at a time while it is changed.
using Parameters = std::unique_ptr<rpctls_params, ParametersDeleter>;

/// The defaults of rpctls_params_new(). Throws std::bad_alloc when memory is out.
inline Parameters make_parameters() {
    Parameters made(rpctls_params_new());
    if (!made)
        throw std::bad_alloc();
    return made;
}

} // namespace rpctls
