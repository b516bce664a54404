#pragma once
// What must hold between settings, beyond what each one may be alone.

#include "tools/settings.hpp"

namespace keyledger {

// Adds what is wrong to `loaded.problems`, each with the place of the setting that is to be changed
// (or its flag, if it has its default).
void check_settings(LoadedSettings& loaded, SettingsUse use);

}  // namespace keyledger
