@echo off
rem Starts the gateway. Installs and builds what is missing.
cd /d "%~dp0"
where node >nul 2>nul || (echo ZtoApi needs Node 20.19 or newer, and none was found. Get it from https://nodejs.org/ . 1>&2 & exit /b 1)
node scripts\run.cjs start %*
