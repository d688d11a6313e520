// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "tlsctl/exports/export_store.hpp"
#include "tlsctl/setup/steps.hpp"

namespace rpctls::tlsctl {

/// An export as it is asked for, and in force.
Step export_step(const ExportRequest &request, const Context &context);

/// That nobody but nfsd has NFS's port. look() gives port-taken (stage kernel).
Step port_step(const Context &context);

} // namespace rpctls::tlsctl
