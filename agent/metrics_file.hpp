// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpctls/result.hpp"

#include <filesystem>
#include <string_view>

namespace rpctls::agent {

/// Puts a page of metrics where the node exporter's textfile collector looks: a temporary file beside it, mode 0644,
/// then a rename, so that no half page is ever read. Unlike write_file() it does not wait for the disk: a page that a
/// power cut takes away was worth nothing. Errors (stage input): metrics-unwritable.
Status write_metrics(const std::filesystem::path &file, std::string_view page);

} // namespace rpctls::agent
