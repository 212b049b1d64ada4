# SPDX-License-Identifier: Apache-2.0
# Packages: cpack -G DEB (or RPM, where rpmbuild is) in the folder of a release build. docs/operations.md.
set(from ${PROJECT_SOURCE_DIR}/packaging/deb)

install(FILES README.md CHANGELOG.md DESTINATION share/doc/sallyport)
install(DIRECTORY docs/ DESTINATION share/doc/sallyport FILES_MATCHING PATTERN "*.md" PATTERN "man" EXCLUDE)
foreach(page sallyport.1 sallyport.yml.5 policy.yml.5 sallyportd.8)
    string(REGEX MATCH "[0-9]$" number ${page})
    install(FILES docs/man/${page} DESTINATION share/man/man${number})
endforeach()
install(FILES packaging/completion/sallyport.bash DESTINATION share/bash-completion/completions RENAME sallyport)
install(FILES packaging/completion/_sallyport DESTINATION share/zsh/vendor-completions)
install(FILES packaging/completion/sallyport.fish DESTINATION share/fish/vendor_completions.d)
install(FILES config/sallyport.yml config/policy.yml DESTINATION share/doc/sallyport/examples)
install(FILES ${from}/copyright DESTINATION share/doc/sallyport)
# Outside of every prefix, so in packages alone: `cmake --install` leaves it out.
install(FILES config/sallyport.yml config/policy.yml DESTINATION /etc/sallyport COMPONENT etc EXCLUDE_FROM_ALL)

set(CPACK_PACKAGE_NAME sallyport)
set(CPACK_PACKAGE_CONTACT "Sallyport <sallyport@localhost>") # cpack -D CPACK_PACKAGE_CONTACT="You <you@…>"
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "SSH bastion that keeps a record nobody can quietly change")
set(CPACK_PACKAGE_DESCRIPTION "sallyportd ends the operator's SSH session, finds the target in an Ansible
inventory, decides by policy, opens its own session to the target and records
it in a chain of events that can be verified.
sallyport is the command line for operators and auditors.")
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_STRIP_FILES ON)
set(CPACK_MONOLITHIC_INSTALL ON)
set(CPACK_SET_DESTDIR ON) # /etc, too, lies within the package then
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_INSTALL_CMAKE_PROJECTS "${PROJECT_BINARY_DIR};sallyport;ALL;/;${PROJECT_BINARY_DIR};sallyport;etc;/")

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${SALLYPORT_LIBSSH_PRIVATE_PREFIX}/lib/sallyport)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "debconf (>= 0.5) | debconf-2.0, systemd | systemd-standalone-sysusers, systemd | systemd-standalone-tmpfiles")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS openssh-client)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${from}/conffiles ${from}/postinst ${from}/prerm ${from}/postrm ${from}/templates)

set(CPACK_RPM_FILE_NAME RPM-DEFAULT)
set(CPACK_RPM_PACKAGE_LICENSE "Apache-2.0 AND LGPL-2.1-or-later")
set(CPACK_RPM_PACKAGE_GROUP Applications/Internet)
set(CPACK_RPM_PACKAGE_REQUIRES_POST systemd)
set(CPACK_RPM_PACKAGE_RELOCATABLE OFF)
set(CPACK_RPM_USER_FILELIST "%config(noreplace) /etc/sallyport/sallyport.yml" "%config(noreplace) /etc/sallyport/policy.yml")
set(CPACK_RPM_SPEC_MORE_DEFINE "%define __requires_exclude ^libssh\\.so
%define __provides_exclude ^libssh\\.so
%define _build_id_links none")
set(CPACK_RPM_EXCLUDE_FROM_AUTO_FILELIST_ADDITION /etc /usr/sbin /usr/share/man /usr/share/man/man1 /usr/share/man/man5 /usr/share/man/man8
    /usr/lib/systemd /usr/lib/systemd/system /usr/lib/sysusers.d /usr/lib/tmpfiles.d /usr/share/bash-completion
    /usr/share/bash-completion/completions /usr/share/zsh /usr/share/zsh/vendor-completions /usr/share/fish
    /usr/share/fish/vendor_completions.d)
set(CPACK_RPM_POST_INSTALL_SCRIPT_FILE ${PROJECT_SOURCE_DIR}/packaging/rpm/post)
set(CPACK_RPM_PRE_UNINSTALL_SCRIPT_FILE ${PROJECT_SOURCE_DIR}/packaging/rpm/preun)

set(CPACK_GENERATOR DEB)
include(CPack)
unset(from)
