// SPDX-License-Identifier: LGPL-2.1-or-later
#include "mount-helper/tls_part.hpp"

#include "rpc/base/text.hpp"

#include <dlfcn.h>

#include <string_view>

namespace rpctls::mount_helper {

namespace {

Error incomplete(const std::filesystem::path &module, std::string_view seen) {
    return Error{Stage::config, "installation-incomplete", "a part of the mount helper cannot be used"}
        .with("part", module.string())
        .with("seen", printable(seen))
        .advise("install rpctls anew");
}

} // namespace

Result<const TlsPart *> tls_part(const std::filesystem::path &module) {
    // Its names are its own: what it has in common with the program it has twice.
    void *loaded = ::dlopen(module.c_str(), RTLD_NOW | RTLD_LOCAL);
    const char *fault = loaded == nullptr ? ::dlerror() : nullptr;
    const auto *part =
        loaded != nullptr ? static_cast<const TlsPart *>(::dlsym(loaded, tls_part_symbol)) : nullptr;
    if (part == nullptr)
        return incomplete(module, fault != nullptr ? fault : "not a part of the mount helper");
    if (part->made_for != std::string_view(PACKAGE_VERSION))
        return incomplete(module, "it belongs to version " + std::string(part->made_for) +
                                      ", the program to version " PACKAGE_VERSION);
    return part;
}

} // namespace rpctls::mount_helper
