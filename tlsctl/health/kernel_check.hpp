// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/kernel/capabilities.hpp"
#include "rpc/tls/ktls_ciphers.hpp"
#include "tlsctl/health/examination.hpp"

#include <optional>
#include <vector>

namespace rpctls::tlsctl {

struct KernelFacts {
    kernel::Capabilities capabilities{};
    kernel::Answer nfsd = kernel::Answer::unknown;
    std::optional<std::vector<tls::KtlsCipher>> ciphers{}; ///< absent: not tried
    /// Whether the client may come to write to data servers of NFSv3 (pNFS, flexible files).
    kernel::Answer flexible_files = kernel::Answer::unknown;
};

Findings judge_kernel(const KernelFacts &facts, Roles roles);

} // namespace rpctls::tlsctl
